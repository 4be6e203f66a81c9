/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Built apart from what the binary embeds: tools/pack.mjs compresses it and moves only what changed.
export default defineConfig({
  plugins: [react()],
  // Not below node_modules, which clones share.
  cacheDir: '.build/cache',
  build: {
    outDir: '.build',
    emptyOutDir: true,
    // A data: address for a small image would widen the content security policy for nothing.
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    sourcemap: false,
  },
  server: {
    proxy: {
      '/graphql': { target: process.env.MIDPLANE_URL ?? 'http://127.0.0.1:7080', ws: true },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
