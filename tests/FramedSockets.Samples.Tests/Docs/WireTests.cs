using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FileTransfer;
using FramedSockets.Codecs;
using FramedSockets.Framing;
using FramedSockets.Samples.Tests.FileTransfer;
using FramedSockets.Samples.Tests.Support;
using Tour.Support;

namespace FramedSockets.Samples.Tests.Docs;

/// <summary>The page says what happens.</summary>
public sealed class WireTests
{
    private static readonly TransferHeader Put = new("put", "a.txt");
    private static readonly JsonHeaderCodec<TransferHeader> LittleEndian = TransferWire.Codec;
    private static readonly JsonHeaderCodec<TransferHeader> BigEndian = new(TransferJson.Default.TransferHeader, "filesize", ByteOrder.BigEndian);

    [Fact]
    public async Task The_bytes_of_each_example_are_read_and_written()
    {
        var frames = WireDocument.Frames();
        Assert.Equal(5, frames.Length);
        await AssertAsync(frames[0], LittleEndian, Put with { Filesize = 5 }, "hello");
        await AssertAsync(frames[1], BigEndian, Put with { Filesize = 5 }, "hello");
        await AssertAsync(frames[2], LittleEndian, new("stored", Filename: null), "");
        await AssertAsync(frames[3], new LengthPrefixCodec(), default, "hello");
        await AssertAsync(frames[4], new JsonTextCodec(), default, "hello");
    }

    [Fact]
    public async Task Each_stream_that_is_refused_is_refused_as_the_table_says()
    {
        var refusals = WireDocument.Refusals().ToArray();
        Assert.Equal(8, refusals.Length);
        foreach (var (stream, error) in refusals)
        {
            var reader = new FrameReader<TransferHeader>(PipeReader.Create(new ReadOnlySequence<byte>(stream)), LittleEndian);
            var refusal = await Assert.ThrowsAsync<FramedSocketException>(() => reader.WaitToReadAsync().AsTask().Soon());
            Assert.Equal(error, refusal.Error.ToString());
        }
    }

    [PythonFact]
    public async Task The_python_client_uploads_to_the_sample()
    {
        var script = WireDocument.Blocks("python")[0];
        Assert.InRange(script.Split('\n').Count(line => line.Length > 0), 1, 20);
        await using var server = await RunningServer.StartAsync();
        var outcome = await RunPython(script.Replace("9000", Port(server.EndPoint.ToString()!))).EndAsync();

        Assert.Equal("", outcome.Errors);
        Assert.Contains(Hash.Of("hello"u8), outcome.Output, StringComparison.Ordinal);
        Assert.Equal("hello"u8.ToArray(), server.Read("hello.txt"));
    }

    [PythonFact]
    public async Task The_sample_uploads_to_the_python_server()
    {
        using var folder = new TemporaryFolder();
        var blocks = WireDocument.Blocks("python");
        var functions = blocks[0].Split("with socket.create_connection")[0];
        await using var server = RunPython(functions + blocks[1].Replace("9000", "0"));
        var port = (await server.ReadLineAsync()).Split(' ')[^1];

        await using var client = RunningProcess.Sample(
            "FileTransfer", "put", $"127.0.0.1:{port}", folder.WriteRandom("a.bin", 100_000), folder.WriteRandom("empty", 0));
        var outcome = await client.EndAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("a.bin 100000", await server.ReadLineAsync());
        Assert.Equal("empty 0", await server.ReadLineAsync());
    }

    private static async Task AssertAsync<THeader>(byte[] bytes, IHeaderCodec<THeader> codec, THeader header, string body)
    {
        var reader = new FrameReader<THeader>(PipeReader.Create(new ReadOnlySequence<byte>(bytes)), codec);
        Assert.True(await reader.WaitToReadAsync().AsTask().Soon());
        Assert.True(reader.TryRead(out var frame));
        Assert.Equal(header, frame.Header);
        Assert.Equal(body, Encoding.UTF8.GetString(frame.Body));
        Assert.False(await reader.WaitToReadAsync().AsTask().Soon());

        var pipe = new Pipe();
        var writer = new FrameWriter<THeader>(pipe.Writer, codec);
        await writer.SendAsync(header, Encoding.UTF8.GetBytes(body)).AsTask().Soon();
        await writer.CompleteAsync().AsTask().Soon();
        var written = await pipe.Reader.ReadAtLeastAsync(bytes.Length).AsTask().Soon();
        Assert.Equal(bytes, written.Buffer.ToArray());
    }

    private static string Port(string endPoint) => endPoint.Split(':')[^1];

    private static RunningProcess RunPython(string script) => RunningProcess.Start(Python.Path!, "-c", script);
}
