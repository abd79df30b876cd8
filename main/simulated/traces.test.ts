import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkText } from '../scenarios/run-text.ts';

const FIXTURES = new URL('../scenarios/fixtures/', import.meta.url);

describe.each(['directed', 'random'])('kernel traces, %s', (kind) => {
  const folder = new URL(`${kind}/`, FIXTURES);
  it.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (name) => {
    const { differences } = checkText(readFileSync(new URL(name, folder), 'utf8'), name);
    expect(differences).toEqual([]);
  });
});
