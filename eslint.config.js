import parser from '@typescript-eslint/parser';
import boundaries from 'eslint-plugin-boundaries';
import { defineConfig } from 'eslint/config';
import { importConfigs, importSettings } from './e2e/tools/lint/import-rules.mjs';
import { importStyle } from './e2e/tools/lint/import-style.mjs';

/** Who may import whom, which oxlint has no rule for; all other rules are oxlint's (.oxlintrc.json). */
export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', 'release/', 'shots/', 'test-results/', 'playwright-report/'] },
  {
    rules: { 'no-useless-assignment': 'error' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parser, parserOptions: { jsDocParsingMode: 'none' } },
  },
  { plugins: { boundaries }, settings: importSettings },
  ...importConfigs,
  ...importStyle,
);
