import type { Connection } from './connection.ts';
import { element } from './element.ts';

/**
 * Asks where to connect.
 *
 * @param message - why the connection before this one did not work
 */
export function connectionForm(
  { url, key, portfolioId }: Connection,
  message: string | undefined,
  onConnect: (connection: Connection) => void,
): HTMLElement {
  const form = element(
    'form',
    { class: 'card connection' },
    element('h1', {}, 'Connect'),
    element('p', { class: 'note' }, 'The three values stay in this tab and are gone when it is closed.'),
    message !== undefined && element('p', { class: 'notice failed', role: 'alert' }, message),
    field('url', 'Gateway', { type: 'url', value: url, autocomplete: 'off' }),
    field('key', 'API key', { type: 'password', value: key, autocomplete: 'off' }),
    field('portfolioId', 'Portfolio', { type: 'text', value: portfolioId, autocomplete: 'off' }),
    element('button', { type: 'submit', class: 'primary' }, 'Open dashboard'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const read = (name: keyof Connection) => String(values.get(name) ?? '').trim();
    onConnect({ url: read('url'), key: read('key'), portfolioId: read('portfolioId') });
  });
  return element('main', { class: 'page narrow' }, form);
}

function field(
  name: keyof Connection,
  label: string,
  attributes: Readonly<Record<string, string>>,
): HTMLElement {
  return element(
    'label',
    { class: 'field' },
    element('span', {}, label),
    element('input', { name, required: true, spellcheck: 'false', ...attributes }),
  );
}
