import { randomUUID } from 'node:crypto';
import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { FieldWindowSettings } from '../../config/field-window-settings.ts';
import type { PreparedOperation } from '../../context.ts';
import { ConfigError, RequestError } from '../../errors/errors.ts';
import { isIncluded } from '../cost/inclusion.ts';
import { type RootField, readRootFields } from '../root-fields.ts';
import type { FieldWindow, WindowTake } from './field-window.ts';
import type { WindowKeeper } from './window-keeper.ts';

export interface FieldMeterOptions {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly windows: FieldWindowSettings;
  readonly keeper: WindowKeeper;
  readonly mode: 'enforce' | 'measure';
  /** A field was refused, or would have been where nothing is refused. */
  readonly onRefused: (coordinate: string) => void;
}

/** Counts how often operations ask for fields that have a window. */
export interface FieldMeter {
  /**
   * Takes what an operation asks for, all of it or nothing.
   *
   * @param account - who is counted
   * @returns what was taken
   * @throws RequestError RATE_LIMITED, or QUERY_TOO_COMPLEX for an operation that no window is long enough for
   */
  take(operation: PreparedOperation, account: string): Promise<readonly WindowTake[]>;
  /** Gives back what was taken for an operation that did not run after all. */
  giveBack(takes: readonly WindowTake[]): void;
}

/** A field with a window, as an operation asks for it. */
interface WindowedField {
  readonly window: FieldWindow;
  readonly places: readonly RootField[];
}

const NOTHING: readonly never[] = [];

/**
 * Makes the meter of a schema; fields that it does not have are not counted.
 *
 * @throws ConfigError CONFIG_INVALID_VALUE for a field that is not at the root: how often lists around it would ask for
 *   it is not known before they are fetched
 */
export function createFieldMeter({
  schema,
  windows,
  keeper,
  mode,
  onRefused,
}: FieldMeterOptions): FieldMeter {
  const byCoordinate = readWindows(windows);
  requireRootFields(schema, byCoordinate.keys());
  const known = new WeakMap<object, readonly WindowedField[]>();
  const id = randomUUID();
  let takes = 0;

  const windowedFields = ({ document, operation }: PreparedOperation): readonly WindowedField[] => {
    let fields = known.get(operation);
    if (fields === undefined) {
      const asked = Map.groupBy(readRootFields(schema, document, operation), ({ coordinate }) => coordinate);
      fields = [...asked].flatMap(([coordinate, places]) => {
        const window = byCoordinate.get(coordinate);
        return window === undefined ? [] : [{ window, places }];
      });
      known.set(operation, fields.length === 0 ? NOTHING : fields);
    }
    return fields;
  };

  const giveBack = (taken: readonly WindowTake[]): void => {
    for (const take of taken) keeper.giveBack(take);
  };

  return {
    async take(operation, account) {
      const fields = windowedFields(operation);
      if (fields.length === 0) return NOTHING;
      // Loaded for the first operation that needs it: most workers of most platforms never do.
      const { limitField } = await import('./limit-field.ts');
      const taken: WindowTake[] = [];
      for (const { window, places } of fields) {
        const count = places.filter(({ inclusion }) => isIncluded(inclusion, operation.variables)).length;
        if (count === 0) continue;
        takes += 1;
        const take = { account, window, id: `${id}-${takes}`, count };
        const refusal = count > window.max ? tooOften(take) : await limited(limitField(keeper, take));
        if (refusal === undefined) {
          taken.push(take);
          continue;
        }
        onRefused(window.coordinate);
        if (mode === 'measure') continue;
        giveBack(taken);
        throw refusal;
      }
      return taken;

      async function limited(asked: ReturnType<typeof limitField>): Promise<RequestError | undefined> {
        const refused = await asked;
        if (refused === undefined) return undefined;
        return new RequestError('RATE_LIMITED', {
          message: refused.message,
          extensions: { retryAfterMs: Math.ceil(refused.retryAfterMs) },
        });
      }
    },
    giveBack,
  };
}

function requireRootFields(schema: GraphQLSchema, coordinates: Iterable<string>): void {
  const roots = Object.values(OperationTypeNode).map((operation) => schema.getRootType(operation)?.name);
  for (const coordinate of coordinates) {
    const [typeName = ''] = coordinate.split('.');
    if (roots.includes(typeName) || schema.getType(typeName) === undefined) continue;
    throw new ConfigError(
      'CONFIG_INVALID_VALUE',
      `fieldWindows.${coordinate}: expected a root field, such as Query.searchTokens; ${typeName} is no root type.`,
    );
  }
}

function readWindows(settings: FieldWindowSettings): ReadonlyMap<string, FieldWindow> {
  return new Map(
    Object.entries(settings).map(([coordinate, { max, seconds }]) => [
      coordinate,
      { coordinate, max, windowMs: seconds * 1000 },
    ]),
  );
}

/** To wait would not help. */
function tooOften({ window: { coordinate, max, windowMs }, count }: WindowTake): RequestError {
  return new RequestError('QUERY_TOO_COMPLEX', {
    message: `The operation asks for ${coordinate} ${count} times; it may be asked for ${max} times in ${windowMs / 1000} s.`,
  });
}
