import { defineConfig } from 'vite';

/** Relative addresses, so that the built app runs from any folder of any host. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  server: { host: '127.0.0.1' },
  build: {
    target: 'es2022',
    emptyOutDir: true,
    rolldownOptions: { treeshake: { manualPureFunctions: ['TypedDocumentString'] } },
  },
});
