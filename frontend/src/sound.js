/** A short two-note chime made by the browser itself. */

/** @type {AudioContext | undefined} */
let audio;

/** Browsers allow sound only after the person has touched the page; the first touch makes it ready. */
export function unlockSound() {
  const unlock = () => {
    if (!('AudioContext' in globalThis)) return;
    audio ??= new AudioContext();
    if (audio.state === 'suspended') void audio.resume().catch(() => undefined);
  };
  for (const type of ['pointerdown', 'keydown']) document.addEventListener(type, unlock, { once: true, passive: true });
}

/** Silent when the page has not been touched yet. */
export function playChime() {
  if (audio?.state !== 'running') return;
  playNote(audio, 660, audio.currentTime);
  playNote(audio, 880, audio.currentTime + 0.12);
}

/**
 * @param {AudioContext} context
 * @param {number} frequency Hz
 * @param {number} at seconds on the context's clock
 */
function playNote(context, frequency, at) {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.3);
}
