using System.Buffers;
using System.Buffers.Binary;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

public readonly record struct Telegram(byte Kind);

public sealed class TelegramCodec : IHeaderCodec<Telegram>
{
    private const byte Start = 2;
    private const byte End = 3;
    private const int HeadLength = 4;

    public ReadOnlySpan<byte> Trailer => [End];                 // sent behind each body

    public HeaderDecodeResult Decode(ReadOnlySpan<byte> source, in HeaderDecodeContext context, out Telegram header)
    {
        header = default;
        if (source[0] != Start)                                 // there is one byte at least
        {
            return HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "A telegram begins with 2, and not with", source[0]);
        }

        if (source.Length < HeadLength)
        {
            return HeaderDecodeResult.NeedMore(HeadLength);     // of the frame, in all
        }

        header = new(source[1]);
        return HeaderDecodeResult.Complete(HeadLength, BinaryPrimitives.ReadUInt16BigEndian(source[2..]), trailerLength: 1);
    }

    public void Encode(in Telegram header, in HeaderEncodeContext context, IBufferWriter<byte> output)
    {
        if (context.BodyLength is < 0 or > ushort.MaxValue)     // below 0: a stream whose length was not given
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, $"A telegram's body has 0 to {ushort.MaxValue} bytes, and not {context.BodyLength}.");
        }

        var target = output.GetSpan(HeadLength);
        target[0] = Start;
        target[1] = header.Kind;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)context.BodyLength);
        output.Advance(HeadLength);
    }

    public bool IsTrailerValid(ReadOnlySpan<byte> trailer) => trailer[0] == End;   // what came behind a body
}

/// <summary>The example of docs/codecs.md, as it stands there, holds to what every codec has to hold to.</summary>
public sealed class CodecDocumentTests : CodecConformanceTests<Telegram>
{
    protected override IHeaderCodec<Telegram> Codec { get; } = new TelegramCodec();

    protected override IReadOnlyList<CodecSample<Telegram>> Samples { get; } =
        [new(new(7), "hello"u8.ToArray()), new(new(0), []), new(new(255), [2, 3, 3, 2])];

    protected override Gen<Telegram> Headers => Gen.Choose(0, 255).Select(kind => new Telegram((byte)kind));

    protected override CodecSample<Telegram> LongHeader => Samples[0];

    protected override int LargeBodyLength => ushort.MaxValue;

    [Fact]
    public async Task A_server_and_a_client_speak_it() => await Use().Soon();

    [Fact]
    public void Its_bytes_are_these()
    {
        Assert.Equal("0207000568656C6C6F03", Convert.ToHexString(CodecPeer.Encode(Codec, Samples[0])));
        Assert.Null(CodecPeer.TryEncode(Codec, new(new(7), new byte[ushort.MaxValue + 1]), FrameLimits.Default));
        Assert.Equal(FramedSocketError.MalformedHeader, CodecPeer.Decode(Codec, [1]).Failure?.Error);
        Assert.Equal(FramedSocketError.MalformedTrailer, CodecPeer.Decode(Codec, [2, 7, 0, 0, 4]).Failure?.Error);
    }

    [Fact]
    public void The_examples_are_these()
    {
        var here = Lines(Project.Read("tests", "FramedSockets.Tests", "Codecs", "CodecDocumentTests.cs"));
        var blocks = Project.Read("docs", "codecs.md").Split("```csharp\n").Skip(1).Select(rest => Lines(rest.Split("```")[0])).ToArray();
        Assert.Equal(2, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(block, here));
    }

    private static async Task Use()
    {
        await using var server = new TcpFrameServer<Telegram>(
            new TelegramCodec(), (connection, frame) => connection.SendAsync(frame.Header, frame.Body));
        await server.StartAsync();

        await using var connection = await new TcpFrameClient<Telegram>(new TelegramCodec()).ConnectAsync(server.LocalEndPoint!);
        await connection.SendAsync(new Telegram(7), "hello"u8.ToArray());   // 02 07 00 05 68 65 6c 6c 6f 03
        var answer = await connection.ReadAsync();                          // Header.Kind is 7, Body is "hello"
        Assert.Equal(7, answer.Header.Kind);
        Assert.Equal("hello"u8.ToArray(), answer.Body.ToArray());
    }

    /// <summary>The lines without their indentation.</summary>
    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim())).Trim();
}
