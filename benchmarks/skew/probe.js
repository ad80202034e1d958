// Runs in the page before its own scripts: notes which picture was on screen when, and where the player says it is.
(() => {
  const frames = []; // [shown at, media time], ms and s; of the picture that the compositor was given
  const places = []; // [at, currentTime, rate or 0 when paused]
  let seeks = 0;
  const now = () => performance.timeOrigin + performance.now();
  const follow = (video) => {
    const note = (_, picture) => {
      frames.push([performance.timeOrigin + picture.expectedDisplayTime, picture.mediaTime]);
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
    video.addEventListener("seeking", () => (seeks += 1));
    setInterval(() => places.push([now(), video.currentTime, video.paused ? 0 : video.playbackRate]), 50);
  };
  const followed = new WeakSet();
  setInterval(() => {
    for (const video of document.querySelectorAll("video")) {
      if (!followed.has(video)) {
        followed.add(video);
        follow(video);
      }
    }
  }, 20);
  window.skewProbe = {
    now,
    take() {
      const seen = { frames: frames.splice(0), places: places.splice(0), seeks };
      seeks = 0;
      return seen;
    },
  };
})();
