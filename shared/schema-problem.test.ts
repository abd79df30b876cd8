import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newTriggerSchema } from './contract/trigger.ts';
import { problemText } from './schema-problem.ts';

/** What is reported about `value`. */
function problem(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('it fits');
  return problemText(parsed.error);
}

describe('what does not fit a schema', () => {
  const cases: [schema: z.ZodType, value: unknown, text: string][] = [
    [z.number().min(1), 0, 'must be at least 1, got 0'],
    [z.number().gt(1), 1, 'must be more than 1, got 1'],
    [z.number().max(60), 61, 'must be at most 60, got 61'],
    [z.bigint().max(5n), 6n, 'must be at most 5, got 6'],
    [z.number().int(), 1.5, 'expected a whole number, got 1.5'],
    [z.number(), 'x', 'expected a number, got "x"'],
    [z.number(), null, 'expected a number, got null'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(2), 'a', 'must have at least 2 characters, has 1'],
    [z.string().max(1), 'abc', 'must have at most 1 character, has 3'],
    [z.array(z.number()).max(1), [1, 2], 'must have at most 1 entry, has 2'],
    [z.array(z.number()), {}, 'expected a list, got an object'],
    [z.enum(['a', 'b']), 'c', 'must be one of a, b, got "c"'],
    [z.literal(1), 2, 'must be 1, got 2'],
    [z.literal([1, 2, 4, 8]), 3, 'must be one of 1, 2, 4, 8, got 3'],
    [z.number().multipleOf(4), 3, 'must be a multiple of 4, got 3'],
    [z.string().regex(/^[0-9a-f]+$/), 'q', 'has the wrong form, got "q"'],
    [z.strictObject({}), { x: 1 }, 'unknown field "x"'],
    [
      z.object({ a: z.object({ b: z.array(z.number()) }) }),
      { a: { b: [1, 'x'] } },
      'a.b[1]: expected a number, got "x"',
    ],
    [z.object({ a: z.string() }), {}, 'a: is missing'],
    [z.union([z.number(), z.boolean()]), 'x', 'has none of the forms that are allowed, got "x"'],
    [z.union([z.object({ a: z.number() }), z.string()]), { a: 'x' }, 'a: expected a number, got "x"'],
    [z.number().refine((n) => n > 5), 1, 'is not valid, got 1'],
    [z.number().refine((n) => n > 5, 'the address is not aligned'), 1, 'the address is not aligned'],
  ];
  it.each(cases.map(([schema, value, text]) => ({ text, found: () => problem(schema, value) })))(
    '$text',
    ({ text, found }) => expect(found()).toBe(text),
  );

  it('is reported for a trigger of the window', () => {
    const condition = { kind: 'pages', memory: null, atLeast: 0 };
    expect(problem(newTriggerSchema, { condition, action: { kind: 'pause' }, each: false })).toBe(
      'condition.atLeast: must be at least 1, got 0',
    );
    expect(
      problem(newTriggerSchema, { condition: { kind: 'x' }, action: { kind: 'pause' }, each: false }),
    ).toMatch(/^condition\.kind: has none of the forms that are allowed/);
  });
});
