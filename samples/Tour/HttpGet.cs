using System.CommandLine;
using System.Text;
using FramedSockets.Codecs;
using FramedSockets.Tcp;
using Tour.Support;

namespace Tour;

/// <summary><c>tour http-get</c>: an HTTP client by hand.</summary>
internal static class HttpGet
{
    private static readonly Argument<Uri?> Url = new("URL") { Description = "What to get: http or https.", CustomParser = Web.ParseUrl };
    private static readonly Option<FileInfo?> Out = new("--out")
    {
        Description = "Where the body goes; without it, the body goes to stdout and the header to stderr.",
        HelpName = "FILE",
    };

    public static Command Create() => Cli.Other(
        new("http-get", "Gets a page by hand: prints the header, streams the body to its end. Lesson: a body of any size costs one buffer.") { Url, Out },
        RunAsync,
        arguments => $"cannot connect to {arguments.GetRequiredValue(Url)!.Authority}");

    private static async Task RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var url = arguments.GetRequiredValue(Url)!;
        var client = new TcpFrameClient<ReadOnlyMemory<byte>>(new HeaderBlockCodec(), new()
        {
            Tls = url.Scheme == Uri.UriSchemeHttps ? new() : null,
            Connection = new() { Limits = new() { MaxBodyLength = long.MaxValue } },

            // A page may take its time: somebody waits for it, who has Ctrl-C.
            Deadlines = FrameDeadlines.None,
        });
        await using var connection = await client.ConnectAsync(url.IdnHost, url.Port, stop);

        // A frame each way: a header up to an empty line, and of the answer a body that lasts until the stream ends.
        var request = $"GET {url.PathAndQuery} HTTP/1.0\r\nHost: {Web.GetHost(url)}\r\nConnection: close";
        await connection.SendAsync(Encoding.ASCII.GetBytes(request), ReadOnlyMemory<byte>.Empty, stop);
        var answer = await connection.ReadAsync(stop);

        var file = arguments.GetValue(Out);
        await using var target = file?.Create() ?? Console.OpenStandardOutput();
        var header = Encoding.Latin1.GetString(answer.Header.Span);
        await (file is null ? Console.Error : Console.Out).WriteLineAsync(header.ReplaceLineEndings());
        var length = await answer.BodyReader.CopyAsync(target, stop);
        if (length < Web.GetContentLength(header))
        {
            throw new IOException($"the body ended after {length} of {Web.GetContentLength(header)} bytes");
        }
    }
}
