/** Message type under which the preload posts the engine's MessagePort to the window (`window.postMessage`). */
export const ENGINE_PORT_MESSAGE = 'soft-dirty-inspector:engine-port';
