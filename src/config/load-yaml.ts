import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, parse, parseDocument, type Scalar, visit } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../errors/errors.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { nearestName } from '../lib/nearest-name.ts';

/**
 * Reads a YAML file, puts `${NAME:default}` in from the environment, checks it against a schema, and freezes it.
 *
 * @throws ConfigError with file, line, column, path, what was expected and what was found; an unknown key also
 *   names the nearest known one. All faults of the file are told at once.
 */
export function loadYaml<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<Schema> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_NOT_FOUND', `${file}: there is no such file, or it cannot be read.`, cause);
  }
  return parseYaml(text, file, schema, environment);
}

/** The same for text that is at hand; `file` is its name in messages. */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  environment: NodeJS.ProcessEnv = process.env,
): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  const syntaxError = document.errors[0];
  if (syntaxError !== undefined) {
    throw new ConfigError('CONFIG_SYNTAX', `${place(syntaxError.pos[0])}: ${syntaxError.message}`);
  }
  substituteEnvironment(document, environment, place);
  const parsed = schema.safeParse(toPlainData(document, file) ?? {});
  if (parsed.success) return deepFreeze(parsed.data);
  const faults = parsed.error.issues.flatMap((issue) => describeIssue(issue, document, schema, place));
  const code = faults.some(({ unknownKey }) => unknownKey) ? 'CONFIG_UNKNOWN_KEY' : 'CONFIG_INVALID_VALUE';
  throw new ConfigError(code, faults.map(({ message }) => message).join('\n'));
}

/** @throws ConfigError for an alias without an anchor, and for aliases that multiply beyond measure */
function toPlainData(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    throw new ConfigError('CONFIG_SYNTAX', `${file}: ${(cause as Error).message}`, cause);
  }
}

const MOST_ALIASES = 100;
const VARIABLE = /\$\{([A-Za-z_]\w*)(?::([^}]*))?\}/g;

/** Puts variables in; a plain scalar is read anew, so that `${PORT:4000}` is a number. */
function substituteEnvironment(
  document: Document,
  environment: NodeJS.ProcessEnv,
  place: (offset: number | undefined) => string,
): void {
  visit(document, {
    Scalar(_key, node: Scalar) {
      if (typeof node.value !== 'string' || !node.value.includes('${')) return;
      const text = node.value.replace(VARIABLE, (_all, name: string, fallback: string | undefined) => {
        const value = environment[name] ?? fallback;
        if (value !== undefined) return value;
        throw new ConfigError(
          'CONFIG_MISSING_VARIABLE',
          `${place(node.range?.[0])}: the environment variable ${name} is not set, and no default is given (\${${name}:default}).`,
        );
      });
      node.value = node.type === 'PLAIN' ? readPlain(text, place(node.range?.[0])) : text;
    },
  });
}

/** @throws ConfigError CONFIG_SYNTAX; the message does not hold the text, which may be a secret of the environment */
function readPlain(text: string, place: string): unknown {
  try {
    return parse(text, { prettyErrors: false });
  } catch {
    throw new ConfigError(
      'CONFIG_SYNTAX',
      `${place}: what the environment puts in here is not valid YAML; put the value in quotes.`,
    );
  }
}

interface Fault {
  readonly message: string;
  readonly unknownKey: boolean;
}

type Path = readonly (string | number)[];

function describeIssue(
  issue: z.core.$ZodIssue,
  document: Document,
  schema: z.ZodType,
  place: (offset: number | undefined) => string,
): Fault[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeysAt(schema, path);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${nearest}"?`;
      const at = dotted([...path, key]);
      return {
        unknownKey: true,
        message: `${place(keyOffset(document, path, key))}: unknown key "${at}"; ${hint}`,
      };
    });
  }
  const node = document.getIn(path, true);
  const found = isScalar(node)
    ? JSON.stringify(node.value)
    : node === undefined
      ? 'nothing'
      : 'a list or map';
  const where = place(nodeOffset(document, path));
  return [
    {
      unknownKey: false,
      message: `${where}: ${dotted(path)}: expected ${expectation(issue)}, found ${found}`,
    },
  ];
}

function dotted(path: Path): string {
  return path.length === 0 ? 'the file' : path.join('.');
}

/** Says what was expected, in words rather than in zod's codes. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_key':
      return issue.issues.map(expectation).join(' and ');
    case 'invalid_union': {
      const options = new Set(issue.errors.flat().map(expectation));
      return [...options].join(' or ');
    }
    case 'unrecognized_keys':
      return `no key ${issue.keys.join(', ')}`;
    default:
      return issue.message;
  }
}

function nodeOffset(document: Document, path: Path): number | undefined {
  // A value that is missing has no place of its own: name the nearest map around it.
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range != null) return node.range[0];
  }
  return undefined;
}

function keyOffset(document: Document, path: Path, key: string): number | undefined {
  const parent = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

/** The keys that a schema knows at a path, for "did you mean". */
function knownKeysAt(schema: z.ZodType, path: Path): string[] {
  let json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  for (const step of path) {
    const next =
      json.properties?.[step] ??
      (typeof json.additionalProperties === 'object' ? json.additionalProperties : undefined);
    if (next === undefined) return [];
    json = next;
  }
  const variants = [json, ...(json.anyOf ?? [])];
  return variants.flatMap((variant) => Object.keys(variant.properties ?? {}));
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}
