// Builds the page's script and style sheet into the module's resources.
// With `--check` it builds in memory, and fails where the committed files differ from the result.
import { build, transform } from 'esbuild';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const resources = new URL('../resources/dev/fresnel/viz/', import.meta.url);
const check = process.argv.includes('--check');

/** Makes `import css from './x.css'` the minified text, for constructed style sheets. */
const cssAsText = {
  name: 'css-as-text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: await minifiedCss(await readFile(path, 'utf8')),
      loader: 'text',
    }));
  },
};

async function minifiedCss(text) {
  const { code } = await transform(text, { loader: 'css', minify: true, target: 'chrome115' });
  return code.trim();
}

const { outputFiles } = await build({
  absWorkingDir: new URL('.', import.meta.url).pathname,
  entryPoints: ['src/main.ts'],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  write: false,
  plugins: [cssAsText],
});
const pageCss = await readFile(new URL('styles/page.css', import.meta.url), 'utf8');
const products = {
  'fresnel.js': outputFiles[0].text.trim(),
  'page.css': await minifiedCss(pageCss),
};

let stale = false;
for (const [name, text] of Object.entries(products)) {
  if (text.includes('://') || /<\/script|<!--/i.test(text)) {
    throw new Error(`${name} holds an address or an end of a script`);
  }
  const file = new URL(name, resources);
  const committed = await readFile(file, 'utf8').catch(() => '');
  const sizes = `${Buffer.byteLength(text)} bytes, ${gzipSync(text, { level: 9 }).length} gzipped`;
  if (!check) {
    await mkdir(resources, { recursive: true });
    await writeFile(file, text);
    console.log(`${name}: ${sizes}`);
  } else if (committed !== text) {
    stale = true;
    console.error(`${name} is not what the sources build: run \`npm run build\` and commit it`);
  } else {
    console.log(`${name} is its sources' build: ${sizes}`);
  }
}
const script = products['fresnel.js'];
if (Buffer.byteLength(script) > 78_000 || gzipSync(script, { level: 9 }).length > 29_000) {
  console.error('fresnel.js is over its budget of 78 kB, 29 kB gzipped');
  stale = true;
}
process.exitCode = stale ? 1 : 0;
