/**
 * Puts what one program needs to run into a folder of the same shape as the checkout: its workspace and those that it depends
 * on, built and without sources; the third-party packages whose names stand in their code, and what those depend on.
 *
 *     node infra/docker/assemble.mjs services/collector /assembled/collector
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCOPE = '@offerstream/';
/** Contracts that are loaded at run time, and the terms of use. */
const ALSO = ['proto', 'LICENSE'];

const NOT_RUN = [/\.d\.[cm]?ts(\.map)?$/, /\.tsbuildinfo$/, /^tsconfig.*\.json$/, /^jest\.config\.mjs$/];
const OWN_FOLDERS_NOT_RUN = new Set(['src', 'spec', 'node_modules', 'fixtures', 'schemas']);

/** Of packages that carry more than what runs here: what stays. Everything else in these folders is left out. */
const PARTS = [
  {
    folder: 'node_modules/onnxruntime-node/bin/napi-v6/',
    stays: (path) => path.startsWith(`${process.platform}/${process.arch}/`),
  },
  {
    folder: 'node_modules/@prisma/client/runtime/',
    stays: (path) => !path.startsWith('query_compiler_') || path.includes('fast_bg.postgresql.'),
  },
];

/** What a package loads without depending on it. */
const LOADED_BY = { '@nestjs/swagger': ['@fastify/static'] };

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Folders of the workspace and of those that it depends on, by name. */
const workspacesOf = (program) => {
  const found = new Map();
  const visit = (folder) => {
    const { name, dependencies = {} } = readJson(join(ROOT, folder, 'package.json'));
    if (found.has(name)) return;
    found.set(name, folder);
    for (const dependency of Object.keys(dependencies)) {
      if (!dependency.startsWith(SCOPE)) continue;
      const link = readJson(join(ROOT, 'package-lock.json')).packages[`node_modules/${dependency}`];
      visit(link.resolved);
    }
  };
  visit(program);
  return found;
};

/** Those of the root's dependencies that built code names in quotes, however it loads them. */
const namedIn = (folders) => {
  const code = folders
    .flatMap((folder) => filesUnder(join(ROOT, folder, 'dist')).filter((file) => /\.m?js$/.test(file)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const { dependencies } = readJson(join(ROOT, 'package.json'));
  return Object.keys(dependencies).filter((name) =>
    [`'${name}'`, `'${name}/`, `"${name}"`, `"${name}/`].some((quoted) => code.includes(quoted)),
  );
};

const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.split(sep).includes('spec'))
    .map((entry) => join(entry.parentPath, entry.name));

/** Folders of the packages and of all that they depend on, as Node finds them. */
const packagesOf = (names) => {
  const found = new Set();
  const visit = (name, from) => {
    const folder = locate(name, from);
    if (folder === undefined || found.has(folder)) return;
    found.add(folder);
    const manifest = readJson(join(ROOT, folder, 'package.json'));
    const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
      (peer) => manifest.peerDependenciesMeta?.[peer]?.optional !== true,
    );
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    // An optional dependency that was not installed is one for another platform.
    for (const next of [...dependencies, ...peers, ...(LOADED_BY[name] ?? [])]) visit(next, folder);
  };
  for (const name of names) visit(name, '');
  return found;
};

const locate = (name, from) => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(ROOT, candidate, 'package.json'))) return candidate;
    if (folder === '' || folder === '.') return undefined;
  }
};

const [program, target] = process.argv.slice(2);
if (program === undefined || target === undefined) throw new Error('Name a program folder and a target folder.');

const workspaces = workspacesOf(program);
for (const [name, folder] of workspaces) {
  cpSync(join(ROOT, folder), join(target, folder), {
    recursive: true,
    filter: (source) => {
      const path = relative(join(ROOT, folder), source).split(sep);
      return (
        !path.some((part) => OWN_FOLDERS_NOT_RUN.has(part)) && !NOT_RUN.some((rule) => rule.test(basename(source)))
      );
    },
  });
  const link = join(target, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), join(target, folder)), link);
}

const packages = packagesOf(namedIn([...workspaces.values()]));
for (const folder of packages) {
  cpSync(join(ROOT, folder), join(target, folder), {
    recursive: true,
    filter: (source) => {
      const path = relative(ROOT, source);
      // Packages inside a package come by themselves where they are needed.
      if (path.startsWith(`${folder}/node_modules`)) return false;
      if (/\.(d\.[cm]?ts|map)$/.test(path)) return false;
      const part = PARTS.find(({ folder: start }) => path.startsWith(start));
      return part === undefined || statSync(source).isDirectory() || part.stays(path.slice(part.folder.length));
    },
  });
}
for (const path of ALSO) cpSync(join(ROOT, path), join(target, path), { recursive: true });

console.log(`${program}: ${workspaces.size} workspaces, ${packages.size} packages`);
