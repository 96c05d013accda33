using System.Buffers.Binary;
using System.Net;

namespace FramedSockets.Tests.Udp;

/// <summary>What a router answers to a datagram that it does not pass on: ICMP, over IPv4.</summary>
internal static class RouterAnswer
{
    private const int HeaderLength = 8;
    private const int InternetHeaderLength = 20;
    private const byte Udp = 17;

    /// <summary>An answer to a datagram that one address sent to another.</summary>
    public static byte[] Create(byte type, byte code, IPEndPoint from, IPEndPoint to)
    {
        var answer = new byte[HeaderLength + InternetHeaderLength + 8];
        (answer[0], answer[1]) = (type, code);
        Quote(answer.AsSpan(HeaderLength), from, to);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2), Checksum(answer));
        return answer;
    }

    /// <summary>The beginning of the datagram: as much as tells whose it was.</summary>
    private static void Quote(Span<byte> quote, IPEndPoint from, IPEndPoint to)
    {
        // Version 4 and a header of five words; how long it all was; its time to live.
        quote[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(quote[2..], (ushort)quote.Length);
        quote[8] = 64;
        quote[9] = Udp;
        _ = from.Address.TryWriteBytes(quote[12..], out _);
        _ = to.Address.TryWriteBytes(quote[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(quote[InternetHeaderLength..], (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(quote[(InternetHeaderLength + 2)..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(quote[(InternetHeaderLength + 4)..], 8);
    }

    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        var sum = 0;
        for (var i = 0; i < message.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
