/** What Yama's ptrace_scope forbids, and that it is told. Last of all: scope 3 stays until the next boot. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Script, Target, type ScriptOptions } from '../testing/target.ts';

const user = { uid: 1000, gid: 1000 };
const script = (name: string) => join(import.meta.dirname, name);

describe('ptrace_scope', () => {
  let own: Target;
  beforeAll(async () => {
    own = await Target.start(script('test-target.js'), user);
  });
  afterAll(() => own.kill());

  /** What somebody who is no parent of the target hears; or who is the parent of his own. */
  async function attach(
    options: ScriptOptions,
    whom = String(own.pid),
  ): Promise<{ kind: string; message: string }> {
    const once = new Script(script('attach-once.js'), [whom], options);
    const line = JSON.parse(await once.line()) as { kind: string; message: string };
    await once.exit;
    return line;
  }

  const refused = (scope: number) => ({
    kind: 'not-permitted',
    message: expect.stringContaining(`ptrace_scope is ${scope}`) as string,
  });
  const done = { kind: 'attached', message: '' };

  for (const [scope, asUser, asRoot] of [
    [0, done, done],
    [1, refused(1), done],
    [2, refused(2), done],
    [3, refused(3), refused(3)],
  ] as const) {
    it(`${scope}: the user ${asUser === done ? 'may' : 'may not'}, root ${asRoot === done ? 'may' : 'may not'}`, async () => {
      writeFileSync('/proc/sys/kernel/yama/ptrace_scope', String(scope));
      expect(await attach(user)).toEqual(asUser);
      expect(await attach({})).toEqual(asRoot);
      if (scope === 1) expect(await attach(user, 'child')).toEqual(done);
      if (scope === 2) expect(await attach(user, 'child')).toEqual(refused(2));
    });
  }
});
