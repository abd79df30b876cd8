import './node-version.mjs';

// Imported after the version check: these modules do not parse in an old Node.
const { runEntry } = await import('./problem.mjs');
await runEntry(async () => (await import('./commands/shots.mjs')).main(process.argv.slice(2)));
