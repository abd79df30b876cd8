import './node-version.mjs';

// Loaded only now: an old Node would stumble over these modules before it could be told why.
const { runEntry } = await import('./problem.mjs');
await runEntry(async () => (await import('./commands/lint.mjs')).main(process.argv.slice(2)));
