package io.sparkinversion.weights;

import java.util.Arrays;
import java.util.Random;

/** Damages files as disks, networks and attackers do. */
final class Mutations {

    private static final byte[] EXTREMES = {0, 1, 0x7f, (byte) 0x80, (byte) 0xff};

    private Mutations() {}

    /**
     * @param end only bytes before it change, unless the file is cut short
     */
    static byte[] of(byte[] intact, int end, Random random) {
        byte[] bytes = intact.clone();
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 1 -> bytes[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int i = random.nextInt(8); i >= 0; i--) {
                    bytes[random.nextInt(end)] = (byte) random.nextInt();
                }
            }
            case 3 -> Arrays.fill(bytes, random.nextInt(end), end, EXTREMES[random.nextInt(EXTREMES.length)]);
            default -> {
                int length = 1 + random.nextInt(Math.min(64, end - 1));
                System.arraycopy(bytes, random.nextInt(end - length), bytes, random.nextInt(end - length), length);
                bytes[random.nextInt(end)] = EXTREMES[random.nextInt(EXTREMES.length)];
            }
        }
        return bytes;
    }
}
