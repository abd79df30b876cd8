/** Names of the messages between preload and shell. */
export const CHANNELS = {
  info: 'shell:info',
  restartEngine: 'shell:restart-engine',
  save: 'shell:save',
  hostStatus: 'shell:host-status',
  enginePort: 'shell:engine-port',
} as const;
