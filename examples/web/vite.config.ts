import { defineConfig } from 'vite';

/** Relative addresses, so that the built app runs from any folder of any host. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  server: { host: '127.0.0.1' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // The generated module makes a constant of each fragment's text, which nothing uses. Made by a constructor, it would
    // stay in the bundle, since that might do more than make it.
    rolldownOptions: { treeshake: { manualPureFunctions: ['TypedDocumentString'] } },
  },
});
