import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { printCheckReport } from '../../../src/cli/print-check-report.ts';
import type { CheckReport } from '../../../src/control/registry/check-publication.ts';

const NOTHING: CheckReport = {
  subgraph: 'social',
  ok: true,
  faults: [],
  hints: [],
  takeovers: [],
  changes: [],
  gaps: [],
  operations: [],
  analysed: 0,
  leftOut: 0,
  usageDays: 30,
};

function printed(context: TestContext, report: Partial<CheckReport>): string {
  const write = context.mock.method(process.stdout, 'write', () => true);
  printCheckReport({ ...NOTHING, ...report }, 'my/social.graphql');
  const text = String(write.mock.calls[0]?.arguments[0]);
  write.mock.restore();
  return text;
}

test('a fault names the own file first, where an editor finds it', (context) => {
  const fault = {
    code: 'FIELD_TYPE_MISMATCH',
    message: 'Types differ.',
    coordinate: 'Token.id',
    places: [
      { subgraph: 'price', location: 'price:3:4' },
      { subgraph: 'social', location: 'social:1:2' },
    ],
  };
  assert.equal(
    stripVTControlCharacters(printed(context, { ok: false, faults: [fault] })),
    [
      '  breaks  Token.id  FIELD_TYPE_MISMATCH',
      '          Types differ.',
      '          my/social.graphql:1:2, price:3:4',
      '',
      'refused  social does not compose',
      '',
    ].join('\n'),
  );
});

test('a change names who depends on it, an operation what its plan and cost become', (context) => {
  const id = 'a'.repeat(64);
  const text = printed(context, {
    changes: [
      {
        code: 'FIELD_ARGUMENT_DEFAULT_CHANGED',
        coordinate: 'Token.sparkline.points',
        message: 'Another default.',
        verdict: 'warns',
        usedBy: [
          { id, name: 'Dashboard', clients: ['web', 'ios'] },
          { id, name: null, clients: [] },
        ],
      },
    ],
    operations: [
      {
        id,
        name: 'Dashboard',
        clients: [{ name: 'web', requests: 12, versions: [] }],
        isRegistered: true,
        calls: { before: 4, after: 6 },
        cost: { before: 276, after: 410 },
        errors: [],
      },
    ],
    analysed: 2,
  });
  assert.equal(
    stripVTControlCharacters(text),
    [
      '  warns   Token.sparkline.points  FIELD_ARGUMENT_DEFAULT_CHANGED',
      '          Another default.',
      '          used by Dashboard (web, ios), anonymous aaaaaaaa',
      '',
      '  plan    Dashboard (web 12×, registered): 4 → 6 calls, cost 276 → 410',
      '',
      'ok  social: 0 break, 1 warn, 0 pass; 2 operations of the last 30 days looked at',
      '',
    ].join('\n'),
  );
});

test('what a publisher writes cannot move the cursor, hide lines or fake a verdict', (context) => {
  const evil = 'x\u001B[2K\u001B[1A\u009B2J\u0007\u202E\r ok  everything passes</script>';
  const finding = { code: evil, coordinate: evil, message: evil, verdict: 'breaks' } as const;
  const text = printed(context, {
    subgraph: evil,
    ok: false,
    hints: [{ code: evil, message: evil, coordinate: evil, places: [{ subgraph: evil, location: evil }] }],
    takeovers: [evil],
    changes: [{ ...finding, reason: evil, usedBy: [{ id: evil, name: evil, clients: [evil] }] }],
    gaps: [finding],
    operations: [
      {
        id: evil,
        name: evil,
        clients: [{ name: evil, requests: 1, versions: [evil] }],
        isRegistered: false,
        errors: [evil],
      },
    ],
  });
  // Colours are our own.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const plain = text.replaceAll(/\u001B\[\d+m/g, '');
  assert.doesNotMatch(plain, /[^\P{C}\n]/u);
  const [first] = printed(context, { ok: false, faults: [{ code: evil, message: evil, places: [] }] }).split(
    '\n',
  );
  assert.match(stripVTControlCharacters(first ?? ''), /^ {2}breaks {2}x/);
});
