/** Set by the build: app/setup/bundles.mjs. */
interface ImportMetaEnv {
  /** False in packages, so that the bundler leaves out what is for tests alone; read with a dot, which is what it replaces. */
  readonly DEBUG_HANDLE: boolean;
}
