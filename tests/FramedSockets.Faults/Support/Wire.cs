using System.Buffers.Binary;
using System.Text;
using FramedSockets.Codecs;

namespace FramedSockets.Faults.Support;

/// <summary>The default wire, written by hand: the length of a header, the header, and whatever is to follow it.</summary>
internal static class Wire
{
    public static JsonHeaderCodec<Order> Codec { get; } = new(OrderJson.Default.Order, lengthMember: "filesize");

    /// <summary>A header with its length before it.</summary>
    public static byte[] L(string json) => L(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="L(string)"/>
    public static byte[] L(ReadOnlySpan<byte> header)
    {
        var bytes = new byte[4 + header.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, header.Length);
        header.CopyTo(bytes.AsSpan(4));
        return bytes;
    }

    /// <summary>A header that declares a body.</summary>
    public static byte[] Head(string what, long bodyLength) => L($$"""{"do":"{{what}}","filesize":{{bodyLength}}}""");

    /// <summary>Bytes that tell their place and their sender.</summary>
    public static byte[] Body(int length, int seed = 0)
    {
        var body = new byte[length];
        for (var i = 0; i < length; i++)
        {
            body[i] = (byte)((i * 7) + seed + (i >> 8));
        }

        return body;
    }
}
