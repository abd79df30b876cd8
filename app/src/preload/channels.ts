/** Names of the messages between preload and shell. */
export const CHANNELS = {
  info: 'shell:info',
  restartEngine: 'shell:restart-engine',
  /** The page wants the engine's port, and hears the engine's status from then on. */
  connectEngine: 'shell:connect-engine',
  hostStatus: 'shell:host-status',
  enginePort: 'shell:engine-port',
} as const;
