import Module, { createRequire } from 'node:module';

/**
 * graphql-shield and graphql-middleware, loaded as CommonJS.
 *
 * The ES module build of graphql-shield 7.6 imports `isUndefined` from `node:util`, which Node 23 removed, and
 * the CommonJS build calls it in `chain` and `race`. The two packages also have to come from one module kind,
 * since they recognise each other by `instanceof`. This is the only module that touches them.
 */
const require = createRequire(import.meta.url);
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
util.isUndefined ??= (value) => value === undefined;

/**
 * graphql-shield needs yup (170 files with lodash) for `inputRule` alone; each subgraph would load it at its start.
 * This stands for it until somebody asks for a part of it.
 */
function postponeYup(): void {
  const file = createRequire(require.resolve('graphql-shield')).resolve('yup');
  if (require.cache[file] !== undefined) return;
  const postponed = new Module(file);
  postponed.loaded = true;
  postponed.exports = new Proxy(
    {},
    {
      get(_target, name) {
        // How TypeScript's helpers tell that they may use the module as it is.
        if (name === '__esModule') return true;
        if (require.cache[file] === postponed) delete require.cache[file];
        return Reflect.get(require(file) as object, name);
      },
    },
  );
  require.cache[file] = postponed;
}

postponeYup();
export const { shield, rule, inputRule, and, or, chain, race, not, allow, deny } =
  require('graphql-shield') as typeof import('graphql-shield');
export const { applyMiddleware } = require('graphql-middleware') as typeof import('graphql-middleware');
