import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';

const commands = [...readFileSync('GUIDE.md', 'utf8').matchAll(/`soft-dirty ([a-z]+)([^`]*)`/g)].map(
  ([, name = '', rest = '']) => [name, rest] as const,
);

describe('the commands of GUIDE.md', () => {
  it.each(commands)('%s%s exists, with its options', async (name, rest) => {
    if (name === 'help') return;
    const command = await COMMANDS[name]?.load();
    const flags = command
      ?.syntax()
      .options.map((option) => option.flags.split(/[ ,]+/))
      .flat();
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(flags, `${name} ${option}`).toContain(option);
    expect(command).toBeDefined();
  });

  it('are all that there are', () => {
    const table =
      readFileSync('GUIDE.md', 'utf8')
        .match(/^\| `.*$/gm)
        ?.join('\n') ?? '';
    for (const name of Object.keys(COMMANDS)) expect(table).toContain(`\`${name}\``);
  });
});
