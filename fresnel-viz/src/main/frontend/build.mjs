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

const options = {
  absWorkingDir: new URL('.', import.meta.url).pathname,
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  write: false,
};

async function script(entry, ...plugins) {
  const { outputFiles, metafile } = await build({ ...options, ...entry, plugins: [cssAsText, ...plugins] });
  return { text: outputFiles[0].text.trim(), modules: new Set(Object.keys(metafile.inputs)) };
}

/** The names that `src/shared.ts` exports, which the core lends to the other scripts. */
const { metafile: shared } = await build({
  ...options, format: 'esm', entryPoints: ['src/shared.ts'], plugins: [cssAsText],
});
const names = Object.values(shared.outputs)[0].exports.join(', ');
const core = await script({
  stdin: {
    contents: `import './main'; import { ${names} } from './shared'; globalThis.fresnel = { ${names} };`,
    resolveDir: new URL('src', import.meta.url).pathname,
  },
});

/** Takes every module that the core holds from the core. A name that the core does not lend is an error. */
const fromCore = {
  name: 'from-core',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\// }, ({ path }) =>
      core.modules.has(`src/${path.slice(2)}.ts`) ? { path: 'core', namespace: 'core' } : undefined);
    onLoad({ filter: /.*/, namespace: 'core' }, () => ({ contents: `export { ${names} } from 'fresnel';` }));
  },
};

/** A script that runs after the core: what it imports of the core it reads from the global object `fresnel`. */
async function after(entry) {
  const { text } = await script({ entryPoints: [entry], format: 'esm', external: ['fresnel'] }, fromCore);
  const [all, list] = text.match(/import\{([^}]*)\}from"fresnel";/);
  const rest = text.replace(all, '');
  // The bundler keeps names that no module uses.
  const used = list.split(',').map((name) => name.split(' as '))
    .filter((pair) => new RegExp(`(?<![\\w$])${pair.at(-1).replaceAll('$', '\\$')}(?![\\w$])`).test(rest));
  return `(()=>{const{${used.map((pair) => pair.join(':')).join(',')}}=fresnel;${rest}})();`;
}

const pageCss = await readFile(new URL('styles/page.css', import.meta.url), 'utf8');
const products = {
  'fresnel.js': core.text,
  'fresnel-attention.js': await after('src/attention.ts'),
  'fresnel-tokens.js': await after('src/coloured.ts'),
  'fresnel-maps.js': await after('src/maps.ts'),
  'fresnel-more.js': await after('src/more.ts'),
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
/** The most that scripts may weigh together, in bytes as they are and gzipped. */
function budget(most, gzipped, ...names) {
  const sum = (size) => names.reduce((total, name) => total + size(products[name]), 0);
  const bytes = sum((text) => Buffer.byteLength(text));
  const packed = sum((text) => gzipSync(text, { level: 9 }).length);
  if (bytes <= most && packed <= gzipped) return;
  console.error(`${names.join(' and ')}: ${bytes} bytes, ${packed} gzipped; the budget is ${most} and ${gzipped}`);
  stale = true;
}
budget(24_000, 9_500, 'fresnel.js');
budget(69_000, 27_500, 'fresnel.js', 'fresnel-attention.js');
budget(120_000, 47_500, ...Object.keys(products).filter((name) => name.endsWith('.js')));
process.exitCode = stale ? 1 : 0;
