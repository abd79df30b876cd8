/** Writes all pages of an array again and again, in a method that the JVM has compiled. */
class World {
  static final byte[] WORLD = new byte[64 << 20];

  static void writeWorld(int round) {
    for (int at = 0; at < WORLD.length; at += 4096) WORLD[at] = (byte) round;
  }

  public static void main(String[] words) throws Exception {
    for (int round = 0; round < 500; round++) writeWorld(round);
    System.out.println("ready");
    System.in.read();
    System.out.println("going");
    for (int round = 0; ; round++) {
      writeWorld(round);
      Thread.sleep(5);
    }
  }
}
