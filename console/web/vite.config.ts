/** Builds the console's pages into `console/web/dist`, which the console server hands out as they are. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // The map library's worker is a module of its own; 'es' keeps it one file from our own origin, as the CSP asks.
  worker: { format: 'es' },
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 1400, assetsInlineLimit: 0 },
});
