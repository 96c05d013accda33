using FileTransfer;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.FileTransfer;

public sealed class FileStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_has_its_name_only_when_it_is_whole()
    {
        var store = FileStore.Open(_folder.FullName);
        await using var part = store.Begin("a.txt");
        await part.WriteAsync("hel"u8.ToArray());
        await part.WriteAsync("lo"u8.ToArray());
        Assert.EndsWith(".part", Assert.Single(_folder.Files), StringComparison.Ordinal);

        var stored = part.Keep();
        Assert.Equal(new("a.txt", 5, Hash.Of("hello"u8)), stored);
        Assert.Equal(["a.txt"], _folder.Files);
        Assert.Equal("hello"u8.ToArray(), _folder.Read("a.txt"));
    }

    [Fact]
    public async Task A_file_that_is_not_kept_leaves_nothing()
    {
        var store = FileStore.Open(_folder.FullName);
        await using (var part = store.Begin("a.txt"))
        {
            await part.WriteAsync("hello"u8.ToArray());
        }

        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task Of_two_uploads_under_one_name_the_first_that_ends_wins()
    {
        var store = FileStore.Open(_folder.FullName);
        await using var first = store.Begin("a.txt");
        await using (var second = store.Begin("a.txt"))
        {
            await first.WriteAsync("first"u8.ToArray());
            await second.WriteAsync("second"u8.ToArray());
            first.Keep();
            Assert.Throws<UploadRefusedException>(second.Keep);
        }

        Assert.Equal(["a.txt"], _folder.Files);
        Assert.Equal("first"u8.ToArray(), _folder.Read("a.txt"));
    }

    [Fact]
    public async Task Overwriting_replaces_a_file()
    {
        _folder.Write("a.txt", "old"u8);
        var store = FileStore.Open(_folder.FullName, overwrite: true);
        await using var part = store.Begin("a.txt");
        await part.WriteAsync("new"u8.ToArray());
        Assert.Equal("old"u8.ToArray(), _folder.Read("a.txt"));

        part.Keep();
        Assert.Equal("new"u8.ToArray(), _folder.Read("a.txt"));
    }

    [Fact]
    public void Without_overwriting_a_name_that_is_taken_is_refused()
    {
        _folder.Write("a.txt", "old"u8);
        var store = FileStore.Open(_folder.FullName);
        Assert.Throws<UploadRefusedException>(() => store.Begin("a.txt"));
        Assert.Equal(["a.txt"], _folder.Files);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_and_a_folder_are_never_replaced(bool overwrite)
    {
        using var outside = new TemporaryFolder();
        outside.Write("target", "outside"u8);
        File.CreateSymbolicLink(_folder.PathOf("link"), outside.PathOf("target"));
        File.CreateSymbolicLink(_folder.PathOf("dangling"), outside.PathOf("nothing"));
        Directory.CreateDirectory(_folder.PathOf("folder"));

        var store = FileStore.Open(_folder.FullName, overwrite);
        Assert.All(["link", "dangling", "folder"], name => Assert.Throws<UploadRefusedException>(() => store.Begin(name)));
        Assert.Equal(["target"], outside.Files);
        Assert.Equal("outside"u8.ToArray(), outside.Read("target"));
    }

    [Fact]
    public async Task A_link_that_is_planted_in_mid_upload_is_not_followed()
    {
        using var outside = new TemporaryFolder();
        outside.Write("target", "outside"u8);
        var store = FileStore.Open(_folder.FullName);
        await using var part = store.Begin("a.txt");
        File.CreateSymbolicLink(_folder.PathOf("a.txt"), outside.PathOf("target"));

        Assert.Throws<UploadRefusedException>(part.Keep);
        Assert.Equal("outside"u8.ToArray(), outside.Read("target"));
    }

    [Fact]
    public void Leftovers_of_an_earlier_run_are_removed_and_nothing_else()
    {
        _folder.Write(".upload-00000000000000000000000000000000.part", "left"u8);
        _folder.Write("movie.part", "kept"u8);
        FileStore.Open(_folder.FullName);
        Assert.Equal(["movie.part"], _folder.Files);
    }

    [Fact]
    public async Task A_part_that_another_server_is_writing_is_left_alone()
    {
        await using var part = FileStore.Open(_folder.FullName).Begin("a.txt");
        FileStore.Open(_folder.FullName);
        Assert.Single(_folder.Files);
        Assert.Equal("a.txt", part.Keep().Name);
    }

    [Fact]
    public async Task A_full_disk_refuses_the_file_and_leaves_nothing()
    {
        var store = FileStore.Open(_folder.FullName, create: path => new FullDiskStream(path, room: 10));
        await using (var part = store.Begin("a.txt"))
        {
            await part.WriteAsync(new byte[10]);
            var refusal = await Assert.ThrowsAsync<UploadRefusedException>(async () => await part.WriteAsync(new byte[1]));
            Assert.Equal("the server's disk is full", refusal.Message);
        }

        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_folder_that_cannot_be_used_is_said_at_once()
    {
        var file = _folder.Write("file", "x"u8);
        Assert.ThrowsAny<IOException>(() => FileStore.Open(file));
    }
}
