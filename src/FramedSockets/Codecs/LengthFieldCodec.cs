using System.Buffers;

namespace FramedSockets.Codecs;

/// <summary>
/// A fixed header with a length somewhere in it, and then the body: what Netty's <c>LengthFieldBasedFrameDecoder</c> reads,
/// in both directions. The header's other bytes are handed out, and written, as a <see cref="LengthFieldHeader"/>.
/// </summary>
/// <remarks>
/// <code>
/// 0          x              x+w      x+w+y
/// | x before | length: w    | y after | body |       x = BytesBefore, w = Width, y = BytesAfter
///
/// body's length = length + Adjustment - y            where the length counts what follows it, as it does by default
///
/// CA 00 06 FE 68 65 6C 6C 6F           x = 1, w = 2, y = 1: what follows is FE and "hello", 6 bytes
/// CA 00 09 FE 68 65 6C 6C 6F           the same with Counts = WholeFrame
/// </code>
/// <para>Header limits count the bytes before and after the length. Thread-safe.</para>
/// </remarks>
public sealed class LengthFieldCodec : IHeaderCodec<LengthFieldHeader>
{
    private readonly LengthField _field;
    private readonly int _before;
    private readonly int _after;
    private readonly int _length;

    /// <summary>Creates the codec.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">Two options contradict each other, or no body could be said; the message says what to write instead.</exception>
    public LengthFieldCodec(LengthFieldOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _before = options.BytesBefore;
        _after = options.BytesAfter;
        _length = _before + options.Width + _after;
        _field = new(options.Width, options.ByteOrder, Checked(options));
    }

    /// <inheritdoc/>
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out LengthFieldHeader header)
    {
        header = default;
        if (_before + _after > context.Limits.MaxHeaderLength)
        {
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.HeaderTooLong, $"The header of this framing is over the limit of {context.Limits.MaxHeaderLength} bytes", _before + _after);
        }

        if (source.Length < _length)
        {
            return HeaderDecodeResult.NeedMore(_length);
        }

        header = new(source[.._before], source[(_before + _field.Width).._length]);
        return _field.Decode(source[_before..], _length);
    }

    /// <inheritdoc/>
    public void Encode(in LengthFieldHeader header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (header.Before.Length != _before || header.After.Length != _after)
        {
            throw new FramedSocketException(
                FramedSocketError.MalformedHeader,
                $"The header has {header.Before.Length} bytes before and {header.After.Length} after the length; this framing has {_before} and {_after}.");
        }

        if (_before + _after > context.Limits.MaxHeaderLength)
        {
            throw new FramedSocketException(
                FramedSocketError.HeaderTooLong, $"The header has {_before + _after} bytes, over the limit of {context.Limits.MaxHeaderLength}.");
        }

        var target = output.GetSpan(_length);
        header.Before.CopyTo(target);
        _field.Encode(context.BodyLength, target[_before..]);
        header.After.CopyTo(target[(_before + _field.Width)..]);
        output.Advance(_length);
    }

    /// <summary>What is added to the length to give the body's, where the options make sense.</summary>
    private static long Checked(LengthFieldOptions options)
    {
        var others = options.BytesBefore + options.BytesAfter;
        var toFollowing = options.Counts switch
        {
            LengthCounts.Body => options.BytesAfter,
            LengthCounts.ItselfAndWhatFollows => -options.Width,
            LengthCounts.WholeFrame => -options.BytesBefore - options.Width,
            _ => 0,
        };
        if (others == 0)
        {
            throw new ArgumentException("There is no byte before or after the length: write a LengthPrefixCodec.", nameof(options));
        }

        if (others > LengthFieldHeader.MaxLength)
        {
            throw new ArgumentException(
                $"The header has {others} bytes beside its length, more than {LengthFieldHeader.MaxLength}: leave the rest to the body, and count it there.",
                nameof(options));
        }

        if (options.Adjustment != 0 && options.Counts != LengthCounts.WhatFollows)
        {
            throw new ArgumentException(
                $"Counts = {options.Counts} already adjusts the length by {toFollowing}: write Adjustment = {options.Adjustment + (long)toFollowing} alone.",
                nameof(options));
        }

        var toBody = (long)toFollowing + options.Adjustment - options.BytesAfter;
        return -toBody <= LengthField.MaxOf(options.Width) ? toBody : throw new ArgumentException(
            $"A length of {options.Width} bytes says at most {LengthField.MaxOf(options.Width)}, and {-toBody} of them are not the body's: write a greater Width, or a greater Adjustment.",
            nameof(options));
    }
}
