import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { watchSupergraphFiles } from '../../../../src/control/registry/watch-supergraph-files.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../kit/temporary-folder.ts';

const yaml = (file: string): string =>
  `subgraphs: { a: { routing_url: "http://127.0.0.1:1/", schema: { file: ${file} } } }\n`;

/** Watches the `supergraph.yaml` of a folder. */
function watchFolder({ path }: TemporaryFolder) {
  let told = Promise.withResolvers<void>();
  const tell = (): void => {
    told.resolve();
    told = Promise.withResolvers();
  };
  const stop = watchSupergraphFiles(`${path}/supergraph.yaml`, tell, (error) => told.reject(error));
  return { next: () => told.promise, [Symbol.dispose]: stop };
}

test('a file that an editor puts in the place of the old one is seen, and files that the yaml names later', async () => {
  using folder = createTemporaryFolder();
  folder.write('a.graphql', 'type Query { a: Int }');
  folder.write('supergraph.yaml', yaml('./a.graphql'));
  using watching = watchFolder(folder);

  const replaced = watching.next();
  renameSync(folder.write('a.graphql.new', 'type Query { b: Int }'), `${folder.path}/a.graphql`);
  await replaced;

  const renamed = watching.next();
  folder.write('supergraph.yaml', yaml('./b.graphql'));
  await renamed;
  const written = watching.next();
  folder.write('b.graphql', 'type Query { c: Int }');
  await written;
});

test('a yaml that names a file of a folder that does not exist is watched on until it is mended', async () => {
  using folder = createTemporaryFolder();
  folder.write('a.graphql', 'type Query { a: Int }');
  folder.write('supergraph.yaml', yaml('./a.graphql'));
  using watching = watchFolder(folder);

  const broken = watching.next();
  folder.write('supergraph.yaml', yaml('./nowhere/a.graphql'));
  await broken;
  const mended = watching.next();
  folder.write('supergraph.yaml', yaml('./a.graphql'));
  await mended;
});
