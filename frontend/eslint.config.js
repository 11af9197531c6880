/** What the linter forbids beyond the usual: things that fail on plain http, and ways for typed text to become markup. */
import js from '@eslint/js';
import globals from 'globals';

const secureOnly = 'Absent on plain http: go through src/platform.js.';

export default [
  { ignores: ['node_modules/**'] },
  js.configs.recommended,
  {
    files: ['src/**/*.js', 'config.js'],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'no-alert': 'error',
      'no-eval': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 50, skipComments: true, skipBlankLines: true }],
      'no-restricted-globals': ['error', { name: 'Notification', message: secureOnly }, { name: 'crypto', message: secureOnly }],
      'no-restricted-properties': [
        'error',
        { object: 'crypto', property: 'randomUUID', message: secureOnly },
        { object: 'navigator', property: 'clipboard', message: secureOnly },
        { object: 'navigator', property: 'locks', message: secureOnly },
        { object: 'navigator', property: 'serviceWorker', message: secureOnly },
        { property: 'innerHTML', message: 'Typed text is data: use textContent or lib/markdown.js.' },
        { property: 'outerHTML', message: 'Typed text is data: use textContent or lib/markdown.js.' },
        { property: 'insertAdjacentHTML', message: 'Typed text is data: use textContent or lib/markdown.js.' },
      ],
    },
  },
  {
    files: ['src/platform.js'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': ['error', { object: 'crypto', property: 'randomUUID', message: 'Absent on plain http: use getRandomValues.' }],
    },
  },
  { files: ['*.config.js'], languageOptions: { globals: globals.node } },
];
