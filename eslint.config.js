import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importConfigs, importSettings } from './e2e/tools/lint/import-rules.mjs';
import { importStyle } from './e2e/tools/lint/import-style.mjs';

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', 'release/', 'shots/', 'test-results/', 'playwright-report/'] },
  js.configs.recommended,
  tseslint.configs.strict,
  {
    // The compiler knows which globals each part has; a second list would only drift from it.
    rules: { 'no-undef': 'off', eqeqeq: 'error', 'no-console': 'off' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    // No rule here needs types: those that do are oxlint's (.oxlintrc.json), which takes them from the native compiler.
    languageOptions: { parserOptions: { jsDocParsingMode: 'none' } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // `noUncheckedIndexedAccess` is off where typed arrays live, so `!` is hardly ever needed there, and a bug elsewhere.
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  // Components and hooks are in these; the rules compile every file that they are given.
  {
    files: ['renderer/**/*.tsx', 'renderer/**/{use-*,context}.ts'],
    ignores: ['**/*.test.tsx'],
    ...reactHooks.configs.flat.recommended,
  },
  // Playwright reads a fixture's dependencies from its first parameter, which must be a pattern even where it has none.
  {
    files: ['e2e/**'],
    rules: { 'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }] },
  },
  { plugins: { boundaries }, settings: importSettings },
  ...importConfigs,
  ...importStyle,
);
