import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewaySettings } from '../../../../src/config/gateway-settings.ts';
import { checkDocuments } from '../../../../src/control/documents/check-documents.ts';

const apiSdl = 'type Query { a(id: ID): T } type T { t: T n: Int } type Subscription { s: Int }';
const settings = gatewaySettings.parse({
  limits: { depth: 2 },
  documents: { trustedLimits: { depth: 3, documentBytes: 200 } },
});
const check = (text: string) => checkDocuments([{ id: '1', text }], { apiSdl, settings });

test('a good document is told with its name; caps for trusted documents hold, not the general ones', () => {
  assert.deepEqual(check('query Deep { a { t { n } } }'), {
    documents: [{ id: '1', text: 'query Deep { a { t { n } } }', name: 'Deep' }],
    faults: [],
  });
});

const BAD: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an unknown field': ['{ a { x } }', /Cannot query field "x" on type "T".*line 1, column 7/],
  'bad syntax': ['{ a {', /Syntax Error.*line 1/],
  'several operations': ['query A { a { n } } query B { a { n } }', /2 operations/],
  'no operation': ['fragment F on T { n }', /0 operations/],
  'a subscription': ['subscription { s }', /subscriptions/],
  'too deep a nesting': ['{ a { t { t { n } } } }', /4 levels/],
  'too long a text': [`{ a { n } } # ${'x'.repeat(200)}`, /214 bytes/],
};

for (const [name, [text, expected]] of Object.entries(BAD)) {
  test(`${name} is refused`, () => {
    const { faults } = check(text);
    assert.equal(faults[0]?.id, '1');
    assert.match(faults[0]?.message ?? '', expected);
  });
}
