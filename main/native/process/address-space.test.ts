import { afterEach, describe, expect, it } from 'vitest';
import { type Compiled, compile, Conversation } from '../testing/c-program.ts';
import { AddressSpace } from './address-space.ts';

const ROUNDS = 30;
let program: Compiled | undefined;
afterEach(() => program?.remove());

describe('an address space', () => {
  it('that ends with a program of many threads was not replaced, whenever it is read', async () => {
    program = compile('main/dump/testing/churn.c', '-pthread');
    for (let round = 0; round < ROUNDS; round++) {
      const churn = new Conversation(program.path, '64');
      await churn.line();
      const space = new AddressSpace(churn.pid);
      expect(space.end()).toBeNull();
      process.kill(churn.pid, 'SIGKILL');
      let end = space.end();
      while (end === null) end = space.end();
      expect(end).toBe('exit');
      space.close();
      await churn.kill();
    }
  });
});
