import { describe, expect, it } from 'vitest';
import { nodeProblem } from './node-version.mjs';

describe('the Node that set-up runs on', () => {
  it.each(['20.19.0', '20.20.2', '22.12.0', '22.22.0', '24.0.0', '26.1.0'])('%s is supported', (version) => {
    expect(nodeProblem(version)).toBeNull();
  });

  it.each(['12.22.9', '18.19.0', '20.18.3', '21.7.3', '22.11.0'])('%s is refused', (version) => {
    expect(nodeProblem(version)).toMatch(
      new RegExp(`^This is Node ${version}; .*20\\.19 or later.*run the command again\\.$`),
    );
  });
});
