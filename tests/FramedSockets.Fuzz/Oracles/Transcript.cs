using System.Buffers.Binary;
using System.Text;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>What a decoder made of some bytes, as bytes that can be compared: frames one after the other, and how it ended.</summary>
internal sealed class Transcript
{
    private const byte Whole = (byte)'F';
    private const byte Cut = (byte)'C';
    private const byte Oversized = (byte)'O';
    private const byte Ended = (byte)'E';
    private byte[] _bytes = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>The frames that arrived whole, or were skipped.</summary>
    public int Frames { get; private set; }

    /// <summary>Whether it ended without an error.</summary>
    public bool IsClean { get; private set; }

    /// <summary>A frame with its body.</summary>
    public void AddFrame(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        Frames++;
        Add(Whole);
        Add(header);
        Add(body);
    }

    /// <summary>A frame whose body was to be streamed and did not arrive whole.</summary>
    public void AddCut(ReadOnlySpan<byte> header)
    {
        Add(Cut);
        Add(header);
    }

    /// <summary>A frame over the limit, whose body is skipped.</summary>
    public void AddOversized(ReadOnlySpan<byte> header, long length)
    {
        Frames++;
        Add(Oversized);
        Add(header);
        Grow(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(_length), length);
        _length += sizeof(long);
    }

    /// <summary>The end: clean, or for a reason.</summary>
    public void End(FramedSocketError? error)
    {
        IsClean = error is null;
        Add(Ended);
        Add((byte)(error ?? 0));
    }

    /// <summary>The whole, to be read by a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < _length;)
        {
            var kind = _bytes[i++];
            if (kind == Ended)
            {
                _ = text.Append(_bytes[i++] is var error && error == 0 ? "end" : $"{(FramedSocketError)error}");
                continue;
            }

            _ = text.Append((char)kind).Append('[').Append(Hex(ref i));
            _ = kind switch
            {
                Whole => text.Append(' ').Append(Hex(ref i)),
                Oversized => text.Append(' ').Append(BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(i))),
                _ => text,
            };
            i += kind == Oversized ? sizeof(long) : 0;
            _ = text.Append("] ");
        }

        return text.ToString();
    }

    private string Hex(ref int i)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(i));
        var hex = Convert.ToHexString(_bytes, i + sizeof(int), length);
        i += sizeof(int) + length;
        return hex.Length == 0 ? "-" : hex;
    }

    private void Add(byte value)
    {
        Grow(1);
        _bytes[_length++] = value;
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        Grow(sizeof(int) + bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(_length), bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length + sizeof(int)));
        _length += sizeof(int) + bytes.Length;
    }

    private void Grow(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        }
    }
}
