/** Argument of the page's process that requests the debug handle. */
export const DEBUG_HANDLE = '--inspector-debug-handle';

/** Names of the messages between preload and shell. */
export const CHANNELS = {
  info: 'shell:info',
  restartEngine: 'shell:restart-engine',
  useEngine: 'shell:use-engine',
  save: 'shell:save',
  permit: 'shell:permit',
  dropped: 'shell:dropped',
  selectRecording: 'shell:select-recording',
  selectLesson: 'shell:select-lesson',
  selectProgram: 'shell:select-program',
  selectRecordingTarget: 'shell:select-recording-target',
  openSourceLine: 'shell:open-source-line',
  showInFolder: 'shell:show-in-folder',
  namedRanges: 'shell:named-ranges',
  saveNamedRanges: 'shell:save-named-ranges',
  recentRecordings: 'shell:recent-recordings',
  rememberRecording: 'shell:remember-recording',
  forgetRecordings: 'shell:forget-recordings',
  showMenu: 'shell:show-menu',
  listenForPhases: 'shell:listen-for-phases',
  menuAction: 'shell:menu-action',
  open: 'shell:open',
  hostStatus: 'shell:host-status',
  enginePort: 'shell:engine-port',
} as const;
