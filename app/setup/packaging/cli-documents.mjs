import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dist } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { run } from '../run.mjs';

/**
 * @typedef {object} CommandHelp
 * @property {string} name
 * @property {string} summary
 * @property {string} text what `help NAME` prints
 * @property {string[]} options with their dashes
 */

/** @param {string[]} args @returns {Promise<string>} */
async function cli(...args) {
  const { code, output } = await run(process.execPath, [join(dist, 'cli.js'), ...args]);
  if (code !== 0)
    throw new Problem(`soft-dirty ${args.join(' ')} failed: ${output}`, 'Build the program first.');
  return output;
}

/** @returns {Promise<{ overview: string, commands: CommandHelp[] }>} the help of the built command line, which is its only description */
export async function readHelp() {
  const overview = await cli('--help');
  const listed = overview.slice(overview.indexOf('\nCommands:'));
  const found = [...listed.matchAll(/^ {2}([a-z]+)(?: \S+)* {2,}(.*(?:\n {10,}.*)*)/gm)];
  const commands = [];
  for (const [, name = '', summary = ''] of found) {
    if (name === 'help') continue;
    const text = await cli('help', name);
    const options = [...text.matchAll(/^ {2}(?:-\w, )?(--[a-z][a-z-]*)/gm)].map(([, option = '']) => option);
    commands.push({ name, summary: summary.replaceAll(/\s+/g, ' '), text, options: [...new Set(options)] });
  }
  if (commands.length === 0)
    throw new Problem('The help of the command line lists no command.', 'Look at soft-dirty --help.');
  return { overview, commands };
}

/** @param {string} text @returns {string} as roff prints it unchanged */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

/** @param {{ overview: string, commands: CommandHelp[] }} help @param {string} version */
function manPage({ overview, commands }, version) {
  const section = (/** @type {CommandHelp} */ { name, text }) =>
    `.SS "soft\\-dirty ${name}"\n.nf\n${roff(text.trimEnd())}\n.fi\n`;
  return [
    `.TH SOFT\\-DIRTY 1 "" "Soft-Dirty Inspector ${version}" "User Commands"`,
    '.SH NAME',
    'soft\\-dirty \\- show which pages of a Linux process are written',
    '.SH SYNOPSIS',
    '.B soft\\-dirty',
    '.I COMMAND',
    '.RI [ ARGUMENTS ]',
    '.SH DESCRIPTION',
    '.nf',
    roff(overview.trimEnd()),
    '.fi',
    '.SH COMMANDS',
    ...commands.map(section),
    '.SH SEE ALSO',
    '.BR proc (5),',
    '.BR userfaultfd (2),',
    '.BR ptrace (2)',
    '',
  ].join('\n');
}

/** @param {CommandHelp[]} commands */
function bashCompletion(commands) {
  const cases = commands.map(({ name, options }) => `    ${name}) words='${options.join(' ')}' ;;`);
  return [
    '# bash completion for soft-dirty',
    '_soft_dirty() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} words=',
    '  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "${COMP_WORDS[1]}" = help ]; }; then',
    `    words='${commands.map(({ name }) => name).join(' ')} help'`,
    '  else',
    '    case ${COMP_WORDS[1]} in',
    ...cases,
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))',
    '}',
    'complete -o filenames -F _soft_dirty soft-dirty',
    '',
  ].join('\n');
}

/** @param {CommandHelp[]} commands */
function zshCompletion(commands) {
  const quoted = (/** @type {string} */ text) => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
  return [
    '#compdef soft-dirty',
    'local -a commands',
    'commands=(',
    ...commands.map(({ name, summary }) => `  '${name}:${quoted(summary)}'`),
    ')',
    'if (( CURRENT == 2 )) || { (( CURRENT == 3 )) && [[ $words[2] == help ]]; }; then',
    "  _describe 'command' commands",
    'else',
    '  case $words[2] in',
    ...commands.map(({ name, options }) => `    ${name}) compadd -- ${options.join(' ')} ;;`),
    '  esac',
    '  _files',
    'fi',
    '',
  ].join('\n');
}

/** @param {CommandHelp[]} commands */
function fishCompletion(commands) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "\\'")}'`;
  return [
    ...commands.map(
      ({ name, summary }) =>
        `complete -c soft-dirty -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(({ name, options }) =>
      options.map(
        (option) => `complete -c soft-dirty -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
      ),
    ),
    '',
  ].join('\n');
}

/**
 * Writes man page and completions of the command line.
 * @param {string} share the tree's `share` folder
 * @param {string} version
 */
export async function writeCliDocuments(share, version) {
  const help = await readHelp();
  const { commands } = help;
  const write = (
    /** @type {string} */ folder,
    /** @type {string} */ name,
    /** @type {string | Buffer} */ text,
  ) => {
    mkdirSync(join(share, folder), { recursive: true });
    writeFileSync(join(share, folder, name), text, { mode: 0o644 });
  };
  write('man/man1', 'soft-dirty.1.gz', gzipSync(manPage(help, version), { level: 9 }));
  write('bash-completion/completions', 'soft-dirty', bashCompletion(commands));
  write('zsh/vendor-completions', '_soft-dirty', zshCompletion(commands));
  write('fish/vendor_completions.d', 'soft-dirty.fish', fishCompletion(commands));
}
