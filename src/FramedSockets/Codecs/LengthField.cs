using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FramedSockets.Codecs;

/// <summary>A length on the wire: 1, 2, 3, 4 or 8 bytes in either order, and the arithmetic between what it says and the body.</summary>
/// <param name="width">Its bytes.</param>
/// <param name="order">Their order.</param>
/// <param name="toBody">What is added to the length to give the body's length.</param>
internal readonly struct LengthField(int width, ByteOrder order, long toBody)
{
    private readonly bool _isBigEndian = order == ByteOrder.BigEndian;
    private readonly long _max = MaxOf(width);

    /// <summary>Its bytes.</summary>
    public int Width => width;

    /// <summary>The largest length it can say.</summary>
    public long Max => _max;

    /// <summary>The largest length that so many bytes can say.</summary>
    public static long MaxOf(int width) => width == 8 ? long.MaxValue : (1L << (8 * width)) - 1;

    /// <summary>Checks a width where it is set.</summary>
    public static int CheckedWidth(int value) => value is 1 or 2 or 3 or 4 or 8
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "A length has 1, 2, 3, 4 or 8 bytes.");

    /// <summary>Reads the length from its bytes, and completes a header of so many bytes.</summary>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, int headerLength)
    {
        var length = Read(source);
        var body = unchecked(length + toBody);
        return (length | body) >= 0 ? HeaderDecodeResult.Complete(headerLength, body) : Refuse(length);
    }

    /// <summary>Writes the length of a body.</summary>
    /// <exception cref="FramedSocketException">The length cannot say it.</exception>
    public void Encode(long bodyLength, Span<byte> target)
    {
        var length = unchecked(bodyLength - toBody);
        if ((bodyLength | length) < 0 || length > _max)
        {
            Throw(bodyLength);
        }

        Write(target, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Read(ReadOnlySpan<byte> source) => width != sizeof(uint)
        ? ReadOther(source)
        : _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(source) : BinaryPrimitives.ReadUInt32LittleEndian(source);

    private long ReadOther(ReadOnlySpan<byte> source) => (width, _isBigEndian) switch
    {
        (1, _) => source[0],
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(source),
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(source),
        (3, true) => (source[0] << 16) | (source[1] << 8) | source[2],
        (3, false) => source[0] | (source[1] << 8) | (source[2] << 16),
        (_, true) => BinaryPrimitives.ReadInt64BigEndian(source),
        (_, false) => BinaryPrimitives.ReadInt64LittleEndian(source),
    };

    private void Write(Span<byte> target, long length)
    {
        if (width == 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, _isBigEndian ? (uint)length : BinaryPrimitives.ReverseEndianness((uint)length));
        }
        else
        {
            WriteOther(target, length);
        }
    }

    private void WriteOther(Span<byte> target, long length)
    {
        Span<byte> all = stackalloc byte[8];
        if (_isBigEndian)
        {
            BinaryPrimitives.WriteInt64BigEndian(all, length);
            all[(8 - width)..].CopyTo(target);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(all, length);
            all[..width].CopyTo(target);
        }
    }

    private HeaderDecodeResult Refuse(long length)
    {
        if (length < 0)
        {
            return HeaderDecodeResult.Corrupt(FramedSocketError.BodyTooLong, $"The declared length is over {long.MaxValue}: its top bit is set");
        }

        return toBody > 0
            ? HeaderDecodeResult.Corrupt(FramedSocketError.BodyTooLong, $"The declared length and {toBody} are over {long.MaxValue}", length)
            : HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, $"The declared length is less than the {-toBody} bytes it has to count", length);
    }

    private void Throw(long bodyLength)
    {
        _ = BodyLengths.Checked(bodyLength, MaxBody);
        throw new FramedSocketException(
            FramedSocketError.UnframeableBody, $"The body has {bodyLength} bytes; the least that this framing can say is {toBody}.");
    }

    private long MaxBody => toBody > 0 && Max > long.MaxValue - toBody ? long.MaxValue : Max + toBody;
}
