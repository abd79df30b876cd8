// Imported before everything else, and without imports of its own: an old Node must get this far to report its version.

/**
 * @param {string} version such as `20.19.0`
 * @returns {string | null} what is wrong and what to do, or null if this Node is supported (Vite’s own bounds)
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (good) return null;
  return (
    `This is Node ${version}; Soft-Dirty Inspector is built with Node 20.19 or later (22.12 or later of Node 22). ` +
    'Install one, for instance the long-term release from nodejs.org or your distribution, and run the command again.'
  );
}

const problem = nodeProblem(process.versions.node);
if (problem !== null) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
