import { describe, expect, it } from 'vitest';
import { connectCommand } from './connect-command.ts';

const ssh = { kind: 'ssh', user: 'ada', host: 'console', port: 2222 } as const;

describe('the command of a connection', () => {
  it('is the system’s ssh, without questions if no program could ask them', () => {
    const { words, env } = connectCommand(ssh, { DISPLAY: '' });
    expect(words.slice(0, 4)).toEqual(['ssh', '-T', '-o', 'BatchMode=yes']);
    expect(words.slice(-7)).toEqual(['-p', '2222', '-l', 'ada', '--', 'console', 'soft-dirty serve --stdio']);
    expect(env['SSH_ASKPASS_REQUIRE']).toBeUndefined();
  });

  it('lets the user’s program ask for a password', () => {
    const { words, env } = connectCommand(ssh, { DISPLAY: ':0', SSH_ASKPASS: process.execPath });
    expect(words).toContain('BatchMode=no');
    expect(env).toMatchObject({ SSH_ASKPASS: process.execPath, SSH_ASKPASS_REQUIRE: 'force' });
  });

  it('is the user’s own, followed by ours', () => {
    const { words } = connectCommand({ kind: 'command', words: ['docker', 'exec', '-i', 'a b'] }, {});
    expect(words).toEqual(['docker', 'exec', '-i', 'a b', 'soft-dirty', 'serve', '--stdio']);
  });
});
