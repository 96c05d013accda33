using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Tcp;
using Quickstart;

// The wire: a little-endian int32 with the header's length, the header as JSON, the body. The codec fills in "length".
var codec = new JsonHeaderCodec<Message>(MessageJson.Default.Message, lengthMember: "length");

// A server on a free port: it answers each frame with another, and counts a body that is too long to be held in memory.
await using var server = new TcpFrameServer<Message>(codec, async (connection, frame) =>
{
    if (!frame.IsStreamed)
    {
        var text = Encoding.UTF8.GetString(frame.Body);
        await connection.SendAsync(new("echo"), Encoding.UTF8.GetBytes(text.ToUpperInvariant()));
        return;
    }

    var length = 0L;
    while (true)
    {
        var read = await frame.BodyReader.ReadAsync();
        length += read.Buffer.Length;
        frame.BodyReader.AdvanceTo(read.Buffer.End);
        if (read.IsCompleted)
        {
            break;
        }
    }

    await connection.SendAsync(new("counted"), Encoding.UTF8.GetBytes($"{length:N0} bytes, as they arrived"));
});
await server.StartAsync();
Console.WriteLine($"server: listening on {server.LocalEndPoint}");

// A client: three frames in a row, then a streamed body of 16 MiB.
var client = new TcpFrameClient<Message>(codec);
await using (var connection = await client.ConnectAsync(server.LocalEndPoint!))
{
    foreach (var word in new[] { "frames", "arrive", "whole" })
    {
        await connection.SendAsync(new("say"), Encoding.UTF8.GetBytes(word));
        Console.WriteLine($"client: say {word}");
    }

    const int Length = 16 * 1024 * 1024;
    using var zeros = new MemoryStream(new byte[Length]);
    await connection.SendAsync(new("upload"), zeros, Length);
    Console.WriteLine($"client: upload {Length:N0} bytes");
    await connection.CompleteOutputAsync();

    await foreach (var frame in connection.ReadAllAsync())
    {
        Console.WriteLine($"server: {frame.Header.Kind} {Encoding.UTF8.GetString(frame.Body)}");
    }
}

var report = await server.StopAsync();
Console.WriteLine($"server: stopped, {report.Cut.Count} connections cut");
