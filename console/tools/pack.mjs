// Puts what vite built into dist/, as the binary embeds it: text compressed twice (brotli and gzip), the rest as it is. A
// file that is equal already is not touched, so that cargo builds nothing anew for a console that did not change.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [from, to] = [join(root, '.build'), join(root, 'dist')];
const TEXT = /\.(html|js|css|svg|json)$/;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

function write(name, bytes) {
  const path = join(to, name);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const kept = new Set(['.gitignore', '.stamp']);
const keep = (name, bytes) => {
  kept.add(name);
  write(name, bytes);
};
for (const path of files(from)) {
  if (relative(from, path).startsWith('cache')) continue;
  const [name, bytes] = [relative(from, path), readFileSync(path)];
  if (TEXT.test(name)) {
    keep(`${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    keep(`${name}.gz`, gzipSync(bytes, { level: 9 }));
  } else {
    keep(name, bytes);
  }
}
for (const path of files(to)) if (!kept.has(relative(to, path))) rmSync(path);
