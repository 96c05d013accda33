using System.Buffers.Binary;

namespace FramedSockets.Fuzz.Engine;

/// <summary>Changes inputs at random: bits, bytes, numbers, blocks, tokens of the target, and parts of another input.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> tokens)
{
    private const int MostBytes = 600;

    private static readonly long[] Boundaries =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 31, 32, 63, 64, 65, 100, 127, 128, 129, 254, 255, 256, 257, 1023, 1024, 32_767, 32_768, 65_535, 65_536,
        16_777_215, int.MaxValue, int.MaxValue + 1L, uint.MaxValue, uint.MaxValue + 1L, long.MaxValue - 1, long.MaxValue, long.MinValue, -1, -2, -4,
    ];

    /// <summary>A number that is likely to be on a border.</summary>
    public static long Boundary(Random random) => Boundaries[random.Next(Boundaries.Length)];

    public byte[] Mutate(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (var count = 1 << random.Next(5); count > 0; count--)
        {
            Change(bytes, other);
        }

        if (bytes.Count > MostBytes)
        {
            bytes.RemoveRange(MostBytes, bytes.Count - MostBytes);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        var at = random.Next(bytes.Count + 1);
        var room = bytes.Count - at;
        switch (random.Next(11))
        {
            case 0 when room > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when room > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when room > 0:
                bytes[at] += (byte)(random.Next(5) - 2);
                break;
            case 3:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 4 when room > 0:
                bytes.RemoveRange(at, 1 + random.Next(Math.Min(room, 16)));
                break;
            case 5 when room > 0:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, 1 + random.Next(Math.Min(room, 32))));
                break;
            case 6 when tokens.Count > 0:
                bytes.InsertRange(at, tokens[random.Next(tokens.Count)]);
                break;
            case 7 when tokens.Count > 0:
                Overwrite(bytes, at, tokens[random.Next(tokens.Count)]);
                break;
            case 8:
                Overwrite(bytes, at, Number());
                break;
            case 9 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, 1 + random.Next(Math.Min(64, other.Length - from))));
                break;
            case 10 when room > 0 && random.Next(8) == 0:
                bytes.RemoveRange(at, room);
                break;
            default:
                bytes.Add((byte)random.Next(256));
                break;
        }
    }

    private byte[] Number()
    {
        var number = Boundary(random) + random.Next(5) - 2;
        if (random.Next(4) == 0)
        {
            return System.Text.Encoding.ASCII.GetBytes(number.ToString());
        }

        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        Array.Resize(ref bytes, 1 << random.Next(4));
        if (random.Next(2) == 0)
        {
            Array.Reverse(bytes);
        }

        return bytes;
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (var i = 0; i < with.Length; i++)
        {
            if (at + i < bytes.Count)
            {
                bytes[at + i] = with[i];
            }
            else
            {
                bytes.Add(with[i]);
            }
        }
    }
}
