/**
 * Stands in a bundle for `child_process`: a rotation function starts no program. Of the packages inside only ssh2 knows how
 * to, for a key agent on Windows.
 */
function notHere(): never {
  throw new Error("a rotation function starts no program");
}

export { notHere as exec, notHere as execFile, notHere as fork, notHere as spawn };
