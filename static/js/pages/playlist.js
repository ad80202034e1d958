// @ts-check
// A film's own page: one that lies elsewhere in parts (HLS).
import { Playlist } from "../room/playlist.js";

const video = document.querySelector("video");
const url = video?.getAttribute("data-playlist");
if (video && url) {
  // What the browser says of it then stands in the player's place.
  const playlist = new Playlist(video, url, () => (video.src = url));
  video.addEventListener("error", () => playlist.elementFailed());
  void playlist.start();
}
